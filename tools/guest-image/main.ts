// Command line of the builder: builds the guest image below the folder given and prints where it is, as JSON.
// With --measure N it boots the image N times and tells how long each took to its first answer over HTTP.
import { parseArgs } from 'node:util';
import { buildGuestImage } from './build.ts';
import { measureBoots } from './measure.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    refresh: { type: 'boolean', default: false },
    measure: { type: 'string', default: '0' },
    machine: { type: 'string', default: 'pc' },
  },
});
const cacheDir = positionals[0];
const machine = values.machine;
if (cacheDir === undefined || positionals.length > 1 || (machine !== 'pc' && machine !== 'q35')) {
  console.error('usage: main.ts [--refresh] [--measure TIMES] [--machine pc|q35] CACHE-FOLDER');
  process.exit(2);
}
const started = performance.now();
const image = await buildGuestImage({ cacheDir, refresh: values.refresh, log: (line) => console.error(line) });
console.error(`ready after ${((performance.now() - started) / 1000).toFixed(1)} s`);
if (Number(values.measure) > 0) {
  for (const time of await measureBoots({ image: image.path, machine, times: Number(values.measure) })) {
    console.error(`first answer after ${time.wallS.toFixed(2)} s (${time.cpuS.toFixed(2)} s of processor time)`);
  }
}
console.log(JSON.stringify(image, null, 2));
