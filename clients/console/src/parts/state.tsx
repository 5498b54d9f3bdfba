// A state as a dot and a word. Colour repeats what the word says; what is under way breathes.
import type { JSX } from 'react';
import classes from './state.module.css';

export type Tone = 'good' | 'busy' | 'warn' | 'bad' | 'idle';

const tones: Readonly<Record<string, Tone>> = {
  Running: 'good',
  Ready: 'good',
  Enabled: 'good',
  Up: 'good',
  Active: 'good',
  Implemented: 'good',
  Allocated: 'idle',
  Connected: 'good',
  done: 'good',
  Starting: 'busy',
  Stopping: 'busy',
  Migrating: 'busy',
  Expunging: 'busy',
  Restoring: 'busy',
  BackingUp: 'busy',
  Creating: 'busy',
  Implementing: 'busy',
  Attaching: 'busy',
  Resizing: 'busy',
  Connecting: 'busy',
  running: 'busy',
  Stopped: 'idle',
  Setup: 'idle',
  Disabled: 'idle',
  Shutdown: 'idle',
  waiting: 'idle',
  undone: 'idle',
  cancelled: 'idle',
  Destroyed: 'warn',
  Destroy: 'warn',
  Unknown: 'warn',
  Maintenance: 'warn',
  Disconnected: 'warn',
  Alert: 'warn',
  Error: 'bad',
  Down: 'bad',
  BackupError: 'bad',
  RestoreError: 'bad',
  failed: 'bad',
};

export const toneOf = (state: string): Tone => tones[state] ?? 'idle';

export function State({ state, label = state }: { state: string; label?: string }): JSX.Element {
  return (
    <span className={classes.state} data-tone={toneOf(state)}>
      <span className={classes.dot} aria-hidden="true" />
      {label}
    </span>
  );
}
