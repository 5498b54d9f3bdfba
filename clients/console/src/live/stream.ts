// The connection over which the server tells what has changed, and what happens when there is none.
// Invariant: after every gap everything is fetched again, so a change that was told while nobody listened is not lost.
import { answeredAt, send } from '../api/call.ts';
import { SessionEnded, Unreachable } from '../api/failure.ts';
import { cache } from '../api/queries.ts';
import { session } from '../api/session.ts';
import { noteChange } from './changes.ts';
import { noteJob } from './job-news.ts';
import { link } from './link.ts';

const BACKOFF_MS = [300, 1000, 2000, 4000, 8000, 15_000];
/** A tab nobody looks at gives its connection back: browsers allow few of them to one server. */
const HIDDEN_MS = 60_000;

let source: EventSource | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;
let hidden: ReturnType<typeof setTimeout> | undefined;
let failures = 0;
let gap = false;
/** Until when what is on screen was surely right. */
let freshUntil = 0;

export function startStream(): () => void {
  const stopWatching = session.watch(restart);
  addEventListener('online', retryNow);
  document.addEventListener('visibilitychange', onVisibility);
  const stopSuspecting = cache.getQueryCache().subscribe((event) => {
    if (event.type === 'updated' && event.action.type === 'error' && event.action.error instanceof Unreachable)
      suspect();
  });
  restart();
  return () => {
    stopWatching();
    stopSuspecting();
    removeEventListener('online', retryNow);
    document.removeEventListener('visibilitychange', onVisibility);
    close();
  };
}

/** The user, or the browser's network, says that it may work again. */
export function retryNow(): void {
  if (link.get().kind === 'live') return;
  failures = Math.min(failures, 1);
  open();
}

function restart(): void {
  close();
  failures = 0;
  gap = false;
  link.set({ kind: 'connecting' });
  open();
}

function close(): void {
  clearTimeout(timer);
  source?.close();
  source = undefined;
}

function open(): void {
  close();
  const key = session.get()?.key;
  if (!key) return;
  const opened = new EventSource(`/client/stream?sessionkey=${encodeURIComponent(key)}`);
  source = opened;
  opened.addEventListener('open', live);
  opened.addEventListener('hello', live);
  opened.addEventListener('change', ({ data }) =>
    told(data, ({ entity, id }) => noteChange(String(entity), String(id))),
  );
  opened.addEventListener('job', ({ data }) => told(data, ({ id }) => noteJob(String(id))));
  opened.addEventListener('error', () => void broken());
}

function live(): void {
  failures = 0;
  if (link.get().kind === 'live') return;
  link.set({ kind: 'live' });
  if (gap) void cache.invalidateQueries();
  gap = false;
}

function told(data: string, act: (what: Record<string, unknown>) => void): void {
  try {
    act(JSON.parse(data) as Record<string, unknown>);
    answeredAt.set(Date.now());
  } catch {
    // An event of a newer server that this console does not understand: the next refetch shows what it meant.
  }
}

// The browser does not say why a stream ended. One quick second try, then an ordinary call tells «no stream» from «no server».
async function broken(): Promise<void> {
  close();
  const before = link.get().kind;
  if (failures === 0) freshUntil = before === 'live' ? Date.now() : answeredAt.get();
  gap = true;
  failures += 1;
  if (failures === 1 && before === 'live') return void schedule();
  const answers = await serverAnswers();
  if (answers === 'ended' || source) return;
  if (answers === 'yes' && before === 'lost') void cache.invalidateQueries();
  const retryAt = schedule();
  link.set(answers === 'yes' ? { kind: 'polling' } : { kind: 'lost', since: freshUntil, retryAt });
}

/** A call got no answer although the stream looks alive: a broken line may not show by itself for minutes. */
function suspect(): void {
  if (link.get().kind === 'live' && source) void broken();
}

async function serverAnswers(): Promise<'yes' | 'no' | 'ended'> {
  return send('listCapabilities').then(
    () => 'yes' as const,
    (error: unknown) => (error instanceof SessionEnded ? 'ended' : 'no'),
  );
}

function schedule(): number {
  clearTimeout(timer);
  const base = BACKOFF_MS[Math.min(failures - 1, BACKOFF_MS.length - 1)] ?? 1000;
  const delay = base * (0.8 + Math.random() * 0.4);
  timer = setTimeout(open, delay);
  return Date.now() + delay;
}

function onVisibility(): void {
  clearTimeout(hidden);
  if (document.visibilityState === 'hidden') hidden = setTimeout(rest, HIDDEN_MS);
  else if (!source && session.get()) open();
}

function rest(): void {
  close();
  gap = true;
  link.set({ kind: 'connecting' });
}
