// The Debian packages the scenarios on real guests need beyond what hosts need themselves.

export const scenarioPackages: readonly { name: string; why: string }[] = [
  { name: 'tcpdump', why: 'shows every frame on a guest’s card, heard or forged' },
  { name: 'openipmi', why: 'plays the controller of a host (ipmi_sim)' },
];
