// The command line's side of the knobs: words become a place and settings, and go to the simulator processes of the region.
import { globSync } from 'node:fs';
import path from 'node:path';
import { simulator, type SimulatorClient } from '#agent/sim/control-socket.ts';
import { AT_REST, type Knobs, type Where } from '#agent/sim/knobs.ts';
import { BadUsage, type SimulateOptions } from './options.ts';

const PLACES = ['zone', 'pod', 'host', 'server'] as const;

/** The sockets of the simulators that were started with this data folder. */
export const controlSockets = (dataDir: string): string[] => globSync(path.join(dataDir, 'hosts', '*.sock')).toSorted();

export async function turnKnobs({ verb, words, dataDir }: SimulateOptions): Promise<string> {
  const clients = controlSockets(dataDir).map(simulator);
  if (clients.length === 0) throw new Error(`No simulated region runs in ${dataDir}; nephos simulate starts one`);
  const { at, set, guest } = readWords(words);
  switch (verb) {
    case 'knob':
      if (Object.keys(set).length === 0)
        throw new BadUsage(`which knob? ${Object.keys(AT_REST).join(', ')} are there, as in dead=true`);
      return `${await somewhere(clients, (client) => client.knob(at, set))} hosts`;
    case 'rest':
      await Promise.all(clients.map((client) => client.rest(Object.keys(at).length > 0 ? at : undefined)));
      return 'at rest';
    case 'amnesia':
    case 'cut':
      if (Object.keys(at).length === 0)
        throw new BadUsage(`${verb} where? ${PLACES.slice(0, 3).join('=, ')}= is accepted`);
      return `${await somewhere(clients, (client) => client[verb](at))} hosts`;
    case 'poweroff':
      if (!guest) throw new BadUsage('poweroff of which guest? guest=i-2-3-VM is accepted');
      return `${await somewhere(clients, (client) => client.poweroff(guest))} guests`;
    default:
      return JSON.stringify(await Promise.all(clients.map((client) => client.summary())), null, 2);
  }
}

/** Each process knows its own hosts; one that knows none of these refuses. The sum over those that do. */
async function somewhere(
  clients: readonly SimulatorClient[],
  work: (client: SimulatorClient) => Promise<number>,
): Promise<number> {
  const answers = await Promise.allSettled(clients.map(work));
  const reached = answers.reduce((sum, answer) => sum + (answer.status === 'fulfilled' ? answer.value : 0), 0);
  const refused = answers.find((answer) => answer.status === 'rejected');
  if (reached === 0) throw refused ? (refused.reason as Error) : new Error('nothing of that name is simulated');
  return reached;
}

function readWords(words: SimulateOptions['words']): { at: Where; set: Partial<Knobs>; guest?: string } {
  const at: Where = {};
  const set: Record<string, boolean | number> = {};
  let guest: string | undefined;
  for (const [key, value] of words) {
    const place = PLACES.find((one) => one === key);
    if (place) at[place] = value;
    else if (key === 'guest') guest = value;
    else if (key in AT_REST) set[key] = readValue(key as keyof Knobs, value);
    else
      throw new BadUsage(
        `'${key}' is no place (${PLACES.join(', ')}) and no knob (${Object.keys(AT_REST).join(', ')})`,
      );
  }
  return { at, set, ...(guest === undefined ? {} : { guest }) };
}

function readValue(key: keyof Knobs, text: string): boolean | number {
  if (typeof AT_REST[key] === 'number') {
    if (text === '' || Number.isNaN(Number(text))) throw new BadUsage(`${key} is '${text}'; a number is accepted`);
    return Number(text);
  }
  if (text !== 'true' && text !== 'false') throw new BadUsage(`${key} is '${text}'; true or false is accepted`);
  return text === 'true';
}
