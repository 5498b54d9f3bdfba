// What the machine under the cloud tells whoever measures it. It knows no names of metrics and keeps no numbers.

export interface Meter {
  jobEnded(kind: string, outcome: string, seconds: number): void;
  /** Jobs of workers that died, put back in line by this one. */
  tookOver(jobs: number): void;
  keeperRan(name: string, ok: boolean, seconds: number): void;
}

export const unmeasured: Meter = { jobEnded: () => {}, tookOver: () => {}, keeperRan: () => {} };
