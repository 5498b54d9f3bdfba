// Settings read back what they are by default, and refuse what they are not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Setting } from './setting.ts';
import { acceptedBy, readSetting, settings, type SettingName, type SettingValue } from './settings.ts';

const names = Object.keys(settings) as SettingName[];

test('every default is a value of its own kind', () => {
  for (const name of names) {
    const { default: value }: Setting = settings[name];
    if (value === null) continue;
    assert.deepEqual(readSetting(name, `${value as string | number | boolean}`), value, name);
  }
});

test('every setting says what it is, where it can be set, and in which group it is shown', () => {
  for (const name of names) {
    const setting: Setting = settings[name];
    assert.match(setting.summary, /^\S.{8,}/, name);
    assert.ok(setting.group !== '' && setting.subgroup !== '', name);
    assert.ok(setting.scope.length > 0, name);
  }
});

test('a value that is not of the kind is refused, with what would be accepted', () => {
  assert.equal(readSetting('default.page.size', 'many'), undefined);
  assert.equal(acceptedBy('default.page.size'), 'a whole number of items');
  assert.equal(readSetting('enable.dynamic.scale.vm', 'yes'), undefined);
  assert.equal(readSetting('vm.allocation.algorithm', 'best'), undefined);
  assert.equal(acceptedBy('vm.allocation.algorithm'), 'one of random, firstfit, userdispersing, firstfitleastconsumed');
  assert.equal(readSetting('vm.allocation.algorithm', 'FirstFit'), 'firstfit');
});

test('a setting has the type of its value', () => {
  const factor: SettingValue<'cpu.overprovisioning.factor'> = 2.5;
  const sender: SettingValue<'alert.email.sender'> = null;
  assert.equal(readSetting('cpu.overprovisioning.factor', String(factor)), factor);
  assert.equal(sender, null);
});
