// How a state machine is written down: state → event → next. Data and types only; who moves a row is the kernel.
// Invariant: whoever stands in a transient state can leave it, on success and on failure (states.test.ts proves it for all).

/** Where an event leads; with 'usage' the move is one that metering must see. */
type Step<S extends string> = S | readonly [S, 'usage'];
type Table<S extends string> = { readonly [K in S]: Readonly<Record<string, Step<S>>> };

export interface Machine<S extends string = string, E extends string = string> {
  readonly name: string;
  /** States a new row can be in; the first is the usual one. */
  readonly initial: readonly [S, ...S[]];
  /** States that somebody is working to leave: each has a deadline. */
  readonly transient: readonly S[];
  /** States nothing leaves. */
  readonly final: readonly S[];
  readonly states: Table<S>;
  /** Never there at run time: carries the names of the events. */
  readonly eventType?: E;
}

type EventsOf<T> = { [K in keyof T]: keyof T[K] }[keyof T] & string;
type Options<S extends string> = { initial: S | readonly [S, ...S[]]; transient?: readonly S[]; final?: readonly S[] };

export function machine<const T extends Table<keyof T & string>>(
  name: string,
  options: Options<keyof T & string>,
  states: T,
): Machine<keyof T & string, EventsOf<T>> {
  type S = keyof T & string;
  const { initial, transient = [], final = [] } = options;
  const first: readonly [S, ...S[]] = typeof initial === 'string' ? [initial] : initial;
  return Object.freeze({ name, initial: first, transient, final, states });
}

export type StateOf<M> = M extends Machine<infer S, string> ? S : never;
export type EventOf<M> = M extends Machine<string, infer E> ? E : never;

/** Where `event` leads from `state`, or undefined where it is not allowed there. */
export function next<M extends Machine>(
  of: M,
  state: StateOf<M>,
  event: EventOf<M>,
): { to: StateOf<M>; usage: boolean } | undefined {
  const step: Step<string> | undefined = of.states[state]?.[event];
  if (step === undefined) return undefined;
  return typeof step === 'string'
    ? { to: step as StateOf<M>, usage: false }
    : { to: step[0] as StateOf<M>, usage: true };
}

/** States from which `event` is allowed: for guards in SQL, and to say what would be accepted. */
export const sourcesOf = <M extends Machine>(of: M, event: EventOf<M>): StateOf<M>[] =>
  Object.entries(of.states)
    .filter(([, steps]) => event in steps)
    .map(([state]) => state as StateOf<M>);
