// Notices that something has ended well or badly. They are also spoken, and leave by themselves unless they tell of a failure.
import { cell } from '../cell.ts';

export interface Toast {
  readonly id: number;
  readonly tone: 'good' | 'bad';
  readonly title: string;
  readonly text?: string;
  /** Job to look at. */
  readonly job?: string;
}

const SHOWN_MS = 6000;
const MOST = 4;
let last = 0;

export const toasts = cell<readonly Toast[]>([]);

export function tell(toast: Omit<Toast, 'id'>): void {
  const id = ++last;
  toasts.set([...toasts.get(), { ...toast, id }].slice(-MOST));
  if (toast.tone === 'good') setTimeout(() => dismiss(id), SHOWN_MS);
}

export const dismiss = (id: number): void => toasts.set(toasts.get().filter((toast) => toast.id !== id));
