// FAKE. `npm run fake [-- <scenario>]`: the pretend cloud on port 8079, for `NEPHOS_URL=http://127.0.0.1:8079 npm run dev`.
import { fileURLToPath } from 'node:url';
import { fakeCloud } from './server.ts';
import type { Scenario } from './world.ts';

const scenario = (process.argv[2] ?? 'usual') as Scenario;
const cloud = await fakeCloud({ scenario, port: 8079, dist: fileURLToPath(new URL('../dist', import.meta.url)) });
console.log(`FAKE cloud (${scenario}) at ${cloud.url}/client/ - log in as admin or lena with the password "password"`);
