// The one screen at the end: where to go, how to log in, what to try.
import path from 'node:path';
import type { CloudFile } from './cloud-file.ts';
import type { Options } from './options.ts';

export function ending(cloud: CloudFile, options: Options): string {
  const page = new URL(cloud.api).origin;
  const guest = cloud.url
    ? `  First guest  ${cloud.url}  (open it in a browser)\n`
    : cloud.virtualmachineid
      ? '  First guest  simulated: it is listed and moves, but it has no screen and no page\n'
      : '';
  return `
  Nephos is ready.

  Console      ${page}/client/
  Login        ${cloud.username} / ${cloud.password}
  API          ${cloud.api}
${guest}
  Try
    npx nephos list virtualmachines filter=name,state,ipaddress
    npx nephos deploy virtualmachine name=second zoneid=zone1 templateid=tiny serviceofferingid="Tiny Instance"
  With CloudMonkey, unmodified
    cmk -u ${cloud.api} -k ${cloud.apikey} -s <secretkey of cloud.json> list zones

  Keys and passwords are in ${path.join(options.dataDir, 'cloud.json')}.
  Ctrl-C stops the servers and leaves guests running; npm run cloud -- stop --all removes everything.
`;
}
