// What events of asynchronous commands say, as people know it from CloudStack: «Scheduled async job for starting Instance: <id>»,
// «Starting job for …», «Successfully completed …», «Error while …». What is done is read off the command's own name, so that a
// new command has its sentences without anybody writing them.

/** Verbs that do not simply take -ing. */
const DOING: Record<string, string> = { stop: 'stopping', add: 'adding', reset: 'resetting', scale: 'scaling' };
/** Names of commands hold these words; people call the things otherwise. */
const SPOKEN: readonly (readonly [RegExp, string])[] = [
  [/\bVirtual Machine\b|\bVM\b/gi, 'Instance'],
  [/\bIp\b/g, 'IP'],
  [/\bNic\b/g, 'NIC'],
  [/\bVlan\b/g, 'VLAN'],
  [/\bNat\b/g, 'NAT'],
  [/\bIso\b/g, 'ISO'],
  [/\bOs\b/g, 'OS'],
];

const doing = (verb: string): string => DOING[verb] ?? `${verb.replace(/e$/, '')}ing`;

/** `startVirtualMachine` is «starting Instance». */
export function actionOf(command: string): string {
  const [verb = '', ...words] = command.replace(/([a-z])(?=[A-Z])|([A-Z]+)(?=[A-Z][a-z])/g, '$1$2 ').split(' ');
  const things = words.join(' ').replace(/\b(To|From|For)\b/g, (word) => word.toLowerCase());
  return [doing(verb), SPOKEN.reduce((text, [word, spoken]) => text.replace(word, spoken), things)].join(' ').trim();
}

interface About {
  command: string | null;
  uuid: string | null;
}
const what = ({ command, uuid }: About): string =>
  uuid === null ? actionOf(command ?? '') : `${actionOf(command ?? '')}: ${uuid}`;

export const scheduled = (about: About): string => `Scheduled async job for ${what(about)}`;
export const started = (about: About): string => `Starting job for ${what(about)}`;
export const completed = (about: About): string => `Successfully completed ${what(about)}`;
export const failed = (about: About, why: string): string => `Error while ${what(about)}: ${why}`;
