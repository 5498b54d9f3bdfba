#!/bin/sh
# The guest's page: its name, large enough to be read across a room, and where it lives.
. /usr/lib/guest/facts
# Sets $text to what may stand in a page.
escape() { text=${1//&/&amp;}; text=${text//</&lt;}; text=${text//>/&gt;}; }
row() { [ -z "$2" ] || { escape "$2"; echo "<tr><th>$1</th><td>$text</td></tr>"; }; }
seconds=${up%%.*}
printf 'Content-Type: text/html; charset=utf-8\r\nCache-Control: no-store\r\n\r\n'
cat << HEAD
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$name</title>
<style>
:root { color-scheme: light dark; --ink: #14213d; --soft: #5c6784; --page: #eef2fa; --card: #fff; --line: #dfe5f1; --mark: #2f6fed; }
@media (prefers-color-scheme: dark) { :root { --ink: #e9eefb; --soft: #95a3c4; --page: #0d1424; --card: #151f36; --line: #26334f; --mark: #6d9dff; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 2rem 1rem; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { width: 100%; max-width: 40rem; background: var(--card); border: 1px solid var(--line); border-top: 4px solid var(--mark); border-radius: 12px; padding: 2.5rem; }
p { margin: 0; color: var(--soft); }
h1 { margin: .25rem 0 1.75rem; font-size: clamp(2.25rem, 9vw, 4rem); line-height: 1.05; letter-spacing: -.02em; overflow-wrap: anywhere; }
h2 { margin: 2rem 0 .5rem; font-size: 1rem; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: .5rem 0; border-top: 1px solid var(--line); text-align: left; vertical-align: top; }
th { width: 11rem; color: var(--soft); font-weight: 400; }
td { font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
pre { margin: 0; padding: 1rem; overflow: auto; border-radius: 8px; background: var(--page); font: 14px/1.45 ui-monospace, monospace; }
</style>
</head>
<body>
<main>
<p>This page is served by the instance</p>
<h1>$name</h1>
<table>
HEAD
for address in $addresses; do row "Address (${address%%=*})" "${address#*=}"; done
row Gateway "$gateway"
fact availability-zone; row Zone "$value"
fact service-offering; row Offering "$value"
fact instance-id; row Instance "$value"
row Size "$cpus CPU, $((memory / 1024)) MiB memory"
row Up "$((seconds / 3600)) h $((seconds / 60 % 60)) min $((seconds % 60)) s (start number $boots)"
echo '</table>'
if [ -s $STATE/user-data.log ]; then
	echo '<h2>What the user data script said</h2><pre>'
	lines=0
	while IFS= read -r line && [ $lines -lt 60 ]; do escape "$line"; echo "$text"; lines=$((lines + 1)); done < $STATE/user-data.log
	echo '</pre>'
fi
echo '</main></body></html>'
