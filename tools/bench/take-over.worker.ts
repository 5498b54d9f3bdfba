// A worker of the take-over benchmark, in a process of its own: node take-over.worker.ts DATABASE_URL.
import { openDb } from '#kernel/db.ts';
import { benchEngine, CONNECTIONS } from './engine-world.ts';
import { slow, unwatched } from './take-over.flow.ts';

const db = openDb({ url: process.argv[2]!, max: CONNECTIONS });
await benchEngine(db, { slots: 100, workflows: [slow(unwatched)] as never, name: `worker ${process.pid}` }).start();
process.stdout.write('ready\n');
