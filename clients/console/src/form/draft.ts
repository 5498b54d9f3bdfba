// A form's draft: what has been typed, which fields may complain already, and a copy in this tab so that nothing is lost
// by a reload, a look at another page or an ended session. Secrets are in no copy.
import { useEffect, useMemo, useState } from 'react';
import type { ParamMap } from '#api/define.ts';
import type { WireParams } from '../api/call.ts';
import { problemsOf, wireOf } from './values.ts';
import type { Draft, MapRow } from './values.ts';

export interface Form {
  readonly params: ParamMap;
  readonly draft: Draft;
  readonly wire: WireParams;
  /** What is wrong with fields that were left once, or with any after a try. */
  readonly problems: Readonly<Record<string, string>>;
  /** Whether the draft comes from before. */
  readonly restored: boolean;
  set(key: string, value: string | readonly MapRow[]): void;
  touch(key: string): void;
  /** Shows all problems; true when there are none. */
  check(): boolean;
  reset(): void;
}

const storageKey = (name: string): string => `nephos.draft.${name}`;

function read(name: string): Draft | undefined {
  try {
    return JSON.parse(sessionStorage.getItem(storageKey(name)) ?? 'null') ?? undefined;
  } catch {
    return undefined;
  }
}

export function useForm(name: string, params: ParamMap, initial: Draft = {}): Form {
  const [kept] = useState(() => read(name));
  const [draft, setDraft] = useState<Draft>(kept ?? initial);
  const [restored, setRestored] = useState(kept !== undefined);
  const [touched, setTouched] = useState<ReadonlySet<string> | 'all'>(new Set());
  useEffect(() => {
    const open = Object.entries(draft).filter(([key, value]) => !params[key]?.secret && value.length > 0);
    if (open.length > 0) sessionStorage.setItem(storageKey(name), JSON.stringify(Object.fromEntries(open)));
    else sessionStorage.removeItem(storageKey(name));
  }, [name, draft, params]);
  const all = useMemo(() => problemsOf(params, draft), [params, draft]);
  const shown = Object.entries(all).filter(([key]) => touched === 'all' || touched.has(key));
  return {
    params,
    draft,
    restored,
    wire: useMemo(() => wireOf(params, draft), [params, draft]),
    problems: Object.fromEntries(shown),
    set: (key, value) => setDraft((before) => ({ ...before, [key]: value })),
    touch: (key) => setTouched((before) => (before === 'all' ? 'all' : new Set([...before, key]))),
    check() {
      setTouched('all');
      return Object.keys(all).length === 0;
    },
    reset() {
      setDraft(initial);
      setTouched(new Set());
      setRestored(false);
    },
  };
}

/** After a try that did not pass: to the first field that complains. */
export function focusFirstProblem(form: HTMLElement | null): void {
  requestAnimationFrame(() =>
    form?.querySelector<HTMLElement>('[aria-invalid="true"], [data-problem="true"] input')?.focus(),
  );
}
