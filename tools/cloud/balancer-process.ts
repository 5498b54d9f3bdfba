// What stands before several servers of a one-machine cloud: node balancer-process.ts CONFIG.json. Says `ready` once it listens.
import { readFileSync } from 'node:fs';
import { startBalancer } from './balancer.ts';

export interface BalancerFile {
  host: string;
  port: number;
  origins: readonly string[];
}

const { host, port, origins } = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as BalancerFile;
const balancer = await startBalancer({ host, port, origins: () => origins });
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => void balancer.stop().then(() => process.exit(0)));
process.stdout.write('ready\n');
