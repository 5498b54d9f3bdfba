// libvirt's events, as they happen: one virsh that stays connected and prints a line per event. When libvirtd restarts
// it ends and is started again. Events only wake early: whoever waits for one also looks for itself from time to time,
// because an event between two connections is lost.
import { supervise } from '../process.ts';

export type PowerEvent = {
  guest: string;
  /** `lifecycle` with its detail (Started, Stopped, Suspended, Resumed, Crashed …), or `reboot`, `device-removed` … */
  event: string;
  detail: string;
};
export type PowerWatch = {
  /** Hear events until the returned function is called. */
  subscribe(listener: (event: PowerEvent) => void): () => void;
  /** Resolves with true at the next event that fits, with false after `timeoutMs` or when `signal` fires. */
  next(fits: (event: PowerEvent) => boolean, timeoutMs: number, signal?: AbortSignal): Promise<boolean>;
  stop(): Promise<void>;
};

export function parseEvent(line: string): PowerEvent | undefined {
  const found = /event '([a-z-]+)' for domain '([A-Za-z0-9][A-Za-z0-9_.-]*)'(?::\s*(.*))?$/.exec(line);
  return found === null ? undefined : { event: found[1]!, guest: found[2]!, detail: found[3]?.trim() ?? '' };
}

/** `onRestart`: the connection was lost and is being made anew, so that events may have been missed. */
export function watchPower(uri: string, onRestart: () => void): PowerWatch {
  const listeners = new Set<(event: PowerEvent) => void>();
  // It ends with the agent also where the agent is killed.
  const child = supervise(
    ['setpriv', '--pdeathsig', 'TERM', '--', 'virsh', '--connect', uri, 'event', '--all', '--loop'],
    {
      onLine(line) {
        const event = parseEvent(line);
        if (event !== undefined) for (const listener of listeners) listener(event);
      },
      onExit: onRestart,
      longestBackoffMs: 2000,
    },
  );
  const subscribe = (listener: (event: PowerEvent) => void): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  return {
    subscribe,
    next: (fits, timeoutMs, signal) =>
      new Promise((resolve) => {
        const finish = (happened: boolean): void => {
          unsubscribe();
          clearTimeout(timer);
          signal?.removeEventListener('abort', aborted);
          resolve(happened);
        };
        const aborted = (): void => finish(false);
        const unsubscribe = subscribe((event) => {
          if (fits(event)) finish(true);
        });
        const timer = setTimeout(() => finish(false), timeoutMs);
        signal?.addEventListener('abort', aborted);
        if (signal?.aborted) finish(false);
      }),
    stop: () => child.stop(),
  };
}
