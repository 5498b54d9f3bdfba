// listCapabilities, getCloudIdentifier, listDeploymentPlanners, listNetworkProtocols, listDetailOptions: what this cloud is and can
// do. What it says follows from settings and code; nothing here is a wish.
import { createHmac } from 'node:crypto';
import {
  getCloudIdentifier,
  listCapabilities,
  listDeploymentPlanners,
  listDetailOptions,
  listNetworkProtocols,
} from '#api/config/discovery.ts';
import { fail } from '#api/errors.ts';
import { implement } from '../context.ts';
import { checkMayGrant } from '../identity/grant.ts';
import { cloudId, newestSecretOf, roleOfUser } from './discovery.store.ts';
import { protocols } from './protocols.data.ts';

/** The version whose API this is. */
export const CLOUDSTACK_VERSION = '4.23.0.0';

export const show = implement(listCapabilities, async ({ settings, caller }) => {
  const ofAccount = { scope: 'Account', id: caller.accountId };
  const throttled = settings.boolean('api.throttling.enabled');
  return {
    ...(settings.boolean('expose.cloudstack.version.api.list.capabilities')
      ? { cloudstackversion: CLOUDSTACK_VERSION }
      : {}),
    ...(throttled
      ? {
          apilimitinterval: settings.number('api.throttling.interval'),
          apilimitmax: settings.number('api.throttling.max'),
        }
      : {}),
    additionalconfigenabled: settings.boolean('enable.additional.vm.configuration', ofAccount),
    allowusercreateprojects: false,
    allowuserexpungerecovervm: settings.boolean('allow.user.expunge.recover.vm', ofAccount),
    allowuserexpungerecovervolume: settings.boolean('allow.user.expunge.recover.volume', ofAccount),
    allowuserforcestopvm: settings.boolean('allow.user.force.stop.vm', ofAccount),
    allowuserviewdestroyedvm: settings.boolean('allow.user.view.destroyed.vm', ofAccount),
    allowuserviewalldomainaccounts: settings.boolean('allow.user.view.all.domain.accounts', {
      scope: 'Domain',
      id: caller.domainId,
    }),
    customdiskofferingminsize: settings.number('custom.diskoffering.size.min'),
    customdiskofferingmaxsize: settings.number('custom.diskoffering.size.max'),
    defaultuipagesize: settings.number('default.ui.page.size'),
    dynamicrolesenabled: true,
    dynamicscalingenabled: settings.boolean('enable.dynamic.scale.vm'),
    instancesstatsretentiontime: settings.number('vm.stats.max.retention.time'),
    instancesstatsuseronly: settings.boolean('vm.stats.user.vm.only'),
    instancesdisksstatsretentionenabled: false,
    instanceleaseenabled: false,
    kubernetesserviceenabled: false,
    kubernetesclusterexperimentalfeaturesenabled: false,
    kvmsnapshotenabled: false,
    projectinviterequired: false,
    regionsecondaryenabled: false,
    securitygroupsenabled: false,
    supportELB: 'false',
    userpublictemplateenabled: settings.boolean('allow.public.user.templates', ofAccount),
  };
});

/** The cloud's identifier, signed with the user's secret key so that a third party can ask for proof. */
export const identify = implement(getCloudIdentifier, async (cx, { userId }) => {
  const user = await roleOfUser(cx.tx, userId);
  checkMayGrant(cx, user, { what: `userid: a signature in the name of ${user.username}`, parameter: 'userid' });
  const sealed = await newestSecretOf(cx.tx, userId);
  if (!sealed)
    fail(
      'invalidParameter',
      `userid: the user ${user.username} has no API keys to sign with; registerUserKeys makes a pair`,
      { parameter: 'userid' },
    );
  const identifier = cx.settings.text('cloud.identifier') || (await cloudId(cx.tx));
  return {
    userid: user.uuid,
    cloudidentifier: identifier,
    signature: createHmac('sha1', cx.sealer.open(sealed)).update(identifier).digest('base64'),
  };
});

const PLANNERS = ['FirstFitPlanner'];
export const listPlanners = implement(listDeploymentPlanners, async (cx) => ({
  items: PLANNERS.slice(cx.page.offset, cx.page.offset + cx.page.limit).map((name) => ({ name })),
  count: PLANNERS.length,
}));

export const listProtocols = implement(listNetworkProtocols, async (_cx, { option }) => {
  const found = Object.entries(protocols).find(([name]) => name === option.toLowerCase())?.[1];
  if (!found)
    return fail(
      'invalidParameter',
      `option is '${option.slice(0, 60)}'; accepted: ${Object.keys(protocols).join(', ')}`,
      { parameter: 'option' },
    );
  return { items: found, count: found.length };
});

/** Details a thing can have and their values; an empty list of values: any text. */
const DETAILS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  uservm: { cpuNumber: [], cpuSpeed: [], memory: [] },
};
const KINDS = ['UserVm', 'Template', 'ISO', 'Volume', 'Network', 'Zone', 'ServiceOffering', 'DiskOffering'];

export const listDetails = implement(listDetailOptions, async (cx, { resourceType }) => {
  const kind = KINDS.find((one) => one.toLowerCase() === resourceType.toLowerCase());
  if (!kind)
    return fail('invalidParameter', `resourcetype is '${resourceType.slice(0, 60)}'; accepted: ${KINDS.join(', ')}`, {
      parameter: 'resourcetype',
    });
  const denied = cx.caller.isRoot
    ? []
    : cx.settings.list('user.vm.denied.details').concat(cx.settings.list('user.vm.readonly.details'));
  return {
    details: Object.fromEntries(
      Object.entries(DETAILS[kind.toLowerCase()] ?? {}).filter(([name]) => !denied.includes(name)),
    ),
  };
});
