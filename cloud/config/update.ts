// updateConfiguration and resetConfiguration: checked against the setting's definition, and in force on every server with the
// answer here and within moments elsewhere.
import { resetConfiguration, updateConfiguration } from '#api/config/setting.ts';
import { fail } from '#api/errors.ts';
import { acceptedBy, readSetting, type SettingName } from '#api/settings.ts';
import { unheededSettings } from '#api/settings.unheeded.ts';
import type { Cx } from '../context.ts';
import { implement } from '../context.ts';
import { checkBounds } from './bounds.ts';
import { isOf, placeFor } from './list.ts';
import { defaultText, definitionOf, isHidden, settingNames, settingView, type Place } from './show.ts';

function findSetting(given: string, place: Place): SettingName {
  const name =
    settingNames.find((one) => one === given) ?? settingNames.find((one) => one.toLowerCase() === given.toLowerCase());
  if (!name || isHidden(name))
    return fail('invalidParameter', `name: there is no setting ${given}; listConfigurations names them`, {
      parameter: 'name',
    });
  const { scope } = definitionOf(name);
  if (!isOf(name, place))
    fail(
      'invalidParameter',
      `name: ${name} cannot be set for ${WORDS[place.scope]}; it is set for ${scope.map((one) => WORDS[one]).join(', ')}`,
      { parameter: 'name' },
    );
  return name;
}
const WORDS = {
  Global: 'the whole cloud',
  Zone: 'a zone',
  Cluster: 'a cluster',
  StoragePool: 'a storage pool',
  ImageStore: 'an image store',
  ManagementServer: 'a management server',
  Domain: 'a domain',
  Account: 'an account',
} as const;

/** The value as it is stored; refused by name where the setting does not take it. */
function accept(cx: Cx, name: SettingName, given: string): string {
  const setting = definitionOf(name);
  const value = readSetting(name, given);
  if (value === undefined)
    fail('invalidParameter', `value is '${given.slice(0, 60)}'; ${name} takes ${acceptedBy(name)}`, {
      parameter: 'value',
    });
  checkBounds(name, value);
  if (unheededSettings.has(name) && given !== (defaultText(name) ?? ''))
    fail('invalidParameter', `name: this cloud does not heed ${name} yet; only its default is accepted`, {
      parameter: 'name',
    });
  return setting.secret && given !== '' ? cx.sealer.seal(given) : String(value);
}

async function write(
  cx: Cx,
  { name, value, place }: { name: SettingName; value: string | null; place: Place },
): Promise<void> {
  await cx.settings.write(cx.tx, { name, value, ...(place.at ? { at: place.at } : {}) });
  cx.tx.afterCommit(() => cx.world.tell('settings'));
  const shown = definitionOf(name).secret ? 'a value that is not shown' : `'${value}'`;
  await cx.event({
    description:
      value === null ? `The setting ${name} was set back to its default` : `The setting ${name} was set to ${shown}`,
  });
}

export const update = implement(updateConfiguration, async (cx, params) => {
  const place = placeFor(cx.caller, params);
  const name = findSetting(params.name, place);
  const value = accept(cx, name, params.value ?? '');
  await write(cx, { name, value, place });
  return { ...settingView(cx.settings, name, place), ...(definitionOf(name).secret ? {} : { value }) };
});

export const reset = implement(resetConfiguration, async (cx, params) => {
  const place = placeFor(cx.caller, params);
  const name = findSetting(params.name, place);
  await write(cx, { name, value: null, place });
  return {
    ...settingView(cx.settings, name, place),
    ...(definitionOf(name).secret ? {} : { value: place.at ? cx.settings.text(name) : defaultText(name) }),
  };
});
