// The scripts that make a shell ask this client what could come next. They only pass the line on and show the answer.

export const completionScripts: Readonly<Record<string, string>> = {
  bash: `# nephos completion for bash: source <(nephos completion bash)
_nephos() {
  mapfile -t COMPREPLY < <(nephos __complete bash "\${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
  [[ \${#COMPREPLY[@]} -eq 1 && "\${COMPREPLY[0]}" == *[=.] ]] && compopt -o nospace
}
complete -o nosort -F _nephos nephos
`,
  zsh: `#compdef nephos
# nephos completion for zsh: source <(nephos completion zsh)
_nephos() {
  local -a texts shown
  local text note
  while IFS=$'\\t' read -r text note; do
    texts+=("$text")
    shown+=("$text\${note:+  -- $note}")
  done < <(nephos __complete zsh "\${BUFFER[1,CURSOR]}" 2>/dev/null)
  if [[ "$texts[1]" == *[=.] ]]; then compadd -Q -V nephos -l -S '' -d shown -a texts
  else compadd -Q -V nephos -l -d shown -a texts; fi
}
compdef _nephos nephos
`,
  fish: `# nephos completion for fish: nephos completion fish | source
complete -c nephos -f -k -a '(nephos __complete fish (commandline -cp) 2>/dev/null)'
`,
};
