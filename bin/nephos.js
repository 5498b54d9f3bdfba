#!/usr/bin/env node
// The command-line client, as package.json's "bin" installs it. It only refuses a Node.js that is too old to read the
// rest; launch.js does the work. Invariant: this file parses on any Node.js >= 10, so the refusal is readable.
var major = Number(process.versions.node.split('.')[0]);
if (major >= 18) {
  void import('./launch.js').then(function (module) {
    return module.launch('clients/cli/main.ts', process.argv.slice(2));
  });
} else {
  console.error(
    'nephos needs Node.js 18 or newer to start; this is ' + process.version + ' (' + process.execPath + ').',
  );
  process.exitCode = 1;
}
