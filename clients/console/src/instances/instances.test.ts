// What may be done to an instance in which state, where its screen is, and how text is typed into it.
import { expect, test } from 'vitest';
import { begin } from '../api/session.ts';
import { actionNamed, actions, reasonAgainst } from './actions.ts';
import { addressOf, isTransitional, states } from './instance.ts';
import type { Instance } from './instance.ts';
import { addressOf as addressOfScreen } from './rfb.ts';
import { oddOnes, strokesOf } from './typing.ts';

const in_ = (state: string, more: Partial<Instance> = {}): Instance =>
  ({ id: 'v', name: 'web', state, ...more }) as Instance;
const possible = (instance: Instance): string[] =>
  actions.filter((action) => !reasonAgainst(action, instance)).map(({ name }) => name);

test('each state allows its actions and no others', () => {
  expect(possible(in_('Running'))).toEqual(['stop', 'reboot', 'console', 'destroy']);
  expect(possible(in_('Stopped'))).toEqual(['start', 'destroy']);
  expect(possible(in_('Destroyed'))).toEqual(['recover', 'expunge']);
  expect(possible(in_('Error'))).toEqual(['destroy']);
  for (const state of ['Starting', 'Stopping', 'Expunging']) expect(possible(in_(state)), state).toEqual([]);
});

test('an action that is not possible always says why', () => {
  for (const state of states)
    for (const action of actions) expect(reasonAgainst(action, in_(state)) ?? 'possible').not.toBe('');
  expect(reasonAgainst(actionNamed('start'), in_('Running'))).toBe('Not possible while Running');
  expect(reasonAgainst(actionNamed('stop'), in_('Running', { jobid: 'j', jobstatus: 0 }))).toBe(
    'Something is already under way',
  );
  expect(reasonAgainst(actionNamed('destroy'), in_('Stopped', { deleteprotection: true }))).toBe(
    'Protected against deletion',
  );
});

test('users expunge only where the installation lets them', () => {
  begin({ key: 'k', userId: 'u', userName: 'lena', fullName: '', account: 'a', domainId: 'd', roleType: 'User' });
  expect(reasonAgainst(actionNamed('expunge'), in_('Destroyed'), { allowuserexpungerecovervm: false })).toBe(
    'Only administrators may do this here',
  );
  expect(reasonAgainst(actionNamed('expunge'), in_('Destroyed'), { allowuserexpungerecovervm: true })).toBeUndefined();
});

test('what is on its way is asked for again', () => {
  expect(isTransitional(in_('Starting'))).toBe(true);
  expect(isTransitional(in_('Running'))).toBe(false);
  expect(isTransitional(in_('Running', { jobid: 'j', jobstatus: 0 }))).toBe(true);
});

test('the address shown is that of the default card', () => {
  expect(
    addressOf(in_('Running', { nic: [{ ipaddress: '10.0.0.1' }, { ipaddress: '10.0.0.2', isdefault: true }] })),
  ).toBe('10.0.0.2');
  expect(addressOf(in_('Running'))).toBe('');
});

test('the websocket of a screen is as secure as the page, and a loopback address means the server of the page', () => {
  const page = { protocol: 'https:', host: 'cloud.example' };
  expect(
    addressOfScreen({ websocket: { host: '127.0.0.1', port: '8080', path: 'client/websockify', token: 'a/b' } }, page),
  ).toBe('wss://cloud.example/client/websockify?token=a%2Fb');
  expect(
    addressOfScreen({ websocket: { host: 'proxy.example', port: 8443, path: '/websockify', token: 't' } }, page),
  ).toBe('wss://proxy.example:8443/websockify?token=t');
  expect(
    addressOfScreen(
      { websocket: { host: 'fd00::1', port: '80', path: 'websockify?token=t', token: 't' } },
      { ...page, protocol: 'http:' },
    ),
  ).toBe('ws://[fd00::1]:80/websockify?token=t');
});

test('text is typed as the keys of a US keyboard', () => {
  expect(strokesOf('aA1!\r\n')).toEqual([
    { keysym: 0x61, code: 'KeyA', shift: false },
    { keysym: 0x41, code: 'KeyA', shift: true },
    { keysym: 0x31, code: 'Digit1', shift: false },
    { keysym: 0x21, code: 'Digit1', shift: true },
    { keysym: 0xff0d, code: 'Enter', shift: false },
  ]);
  for (let point = 0x20; point < 0x7f; point += 1)
    expect(strokesOf(String.fromCharCode(point))[0]?.code, String.fromCharCode(point)).not.toBeNull();
  expect(strokesOf('é€')).toEqual([
    { keysym: 0xe9, code: null, shift: false },
    { keysym: 0x010020ac, code: null, shift: false },
  ]);
  expect(strokesOf('\u0007\u007f')).toEqual([]);
  expect(oddOnes('naïve €')).toBe(2);
});
