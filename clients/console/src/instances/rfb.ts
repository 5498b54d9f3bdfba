// One connection to the screen of an instance: a fresh one-time address, the noVNC client on it, and how it ends.
import type RFB from '@novnc/novnc';
import { useCallback, useEffect, useRef, useState } from 'react';
import { one } from '../api/call.ts';
import { sentenceOf } from '../api/failure.ts';
import { SHIFT, strokesOf } from './typing.ts';

export type Screen =
  | { readonly kind: 'connecting' | 'connected' | 'closed' }
  | { readonly kind: 'refused'; readonly why: string };

const KEY_MS = 12;
const PROTOCOLS = ['binary'];

interface Endpoint {
  readonly success?: boolean | string;
  readonly details?: string;
  readonly websocket?: {
    readonly host?: string;
    readonly port?: string | number;
    readonly path?: string;
    readonly token?: string;
  };
}

const LOOPBACK = /^(|localhost|127\..*|0\.0\.0\.0|::1?|\[::1?\])$/;

/** The websocket of an endpoint, as secure as this page is. A loopback address means the server that the page came from. */
export function addressOf(
  { websocket: { host = '', port = '', path = '', token = '' } = {} }: Endpoint,
  page: { protocol: string; host: string },
): string {
  const at = !LOOPBACK.test(host)
    ? `${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}${port ? `:${port}` : ''}`
    : page.host;
  const query =
    token && !path.includes('token=') ? `${path.includes('?') ? '&' : '?'}token=${encodeURIComponent(token)}` : '';
  return `${page.protocol === 'https:' ? 'wss' : 'ws'}://${at}/${path.replace(/^\//, '')}${query}`;
}

/** The address of a link that opens one screen once. */
export const addressOfToken = (token: string): string =>
  addressOf({ websocket: { path: 'client/websockify', token } }, location);

export async function endpointOf(id: string): Promise<string> {
  const endpoint = (await one('createConsoleEndpoint', { virtualMachineId: id })) as Endpoint;
  if (String(endpoint.success ?? 'true') === 'false' || !endpoint.websocket) throw new Error(endpoint.details ?? '');
  return addressOf(endpoint, location);
}

export interface Connection {
  readonly screen: Screen;
  readonly connect: () => void;
  readonly ctrlAltDel: () => void;
  readonly type: (text: string) => Promise<void>;
  readonly focus: () => void;
}

/** Keeps the element `place` showing the screen that `find` gives the address of, while `open`. `key`: which screen it is. */
export function useScreen(
  place: { current: HTMLElement | null },
  { key, find, open }: { key: string; find: () => Promise<string>; open: boolean },
): Connection {
  const [screen, setScreen] = useState<Screen>({ kind: 'connecting' });
  const [attempt, setAttempt] = useState(0);
  const rfb = useRef<RFB>(undefined);
  useEffect(() => {
    if (!open || !place.current) return;
    let alive = true;
    setScreen({ kind: 'connecting' });
    void start(
      find,
      place.current,
      (made) => {
        if (alive) rfb.current = made;
        else made.disconnect();
      },
      (next) => {
        if (alive) setScreen(next);
      },
    );
    return () => {
      alive = false;
      rfb.current?.disconnect();
      rfb.current = undefined;
    };
  }, [key, open, attempt, place]);
  return {
    screen,
    connect: useCallback(() => setAttempt((before) => before + 1), []),
    ctrlAltDel: () => {
      rfb.current?.sendCtrlAltDel();
      rfb.current?.focus();
    },
    type: async (text) => {
      if (rfb.current) await typeInto(rfb.current, text);
    },
    focus: () => rfb.current?.focus(),
  };
}

async function start(
  find: () => Promise<string>,
  place: HTMLElement,
  made: (rfb: RFB) => void,
  tell: (screen: Screen) => void,
): Promise<void> {
  try {
    const [{ default: Client }, address] = await Promise.all([import('@novnc/novnc'), find()]);
    const rfb = new Client(place, address, { shared: true, wsProtocols: PROTOCOLS });
    rfb.scaleViewport = true;
    rfb.background = 'transparent';
    rfb.addEventListener('connect', () => {
      tell({ kind: 'connected' });
      rfb.focus();
    });
    rfb.addEventListener('disconnect', () => tell({ kind: 'closed' }));
    rfb.addEventListener('securityfailure', (event) =>
      tell({ kind: 'refused', why: String((event as CustomEvent<{ reason?: string }>).detail.reason ?? '') }),
    );
    made(rfb);
  } catch (error) {
    tell({ kind: 'refused', why: sentenceOf(error) });
  }
}

/** Not faster than a guest's keyboard controller can take it. */
async function typeInto(rfb: RFB, text: string): Promise<void> {
  for (const { keysym, code, shift } of strokesOf(text)) {
    if (shift) rfb.sendKey(SHIFT, 'ShiftLeft', true);
    rfb.sendKey(keysym, code, true);
    rfb.sendKey(keysym, code, false);
    if (shift) rfb.sendKey(SHIFT, 'ShiftLeft', false);
    await new Promise((resolve) => setTimeout(resolve, KEY_MS));
  }
}
