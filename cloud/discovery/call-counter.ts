// getApiLimit and resetApiLimit, and what they need of whoever counts calls.
import { getApiLimit, resetApiLimit } from '#api/config/discovery.ts';
import { done, implement } from '../context.ts';

export const showLimit = implement(getApiLimit, async ({ caller, rights }) => {
  const { issued, allowed, expiresInMs } = rights.calls.of(caller.accountId);
  return {
    account: caller.accountName,
    accountid: caller.accountUuid,
    apiIssued: issued,
    apiAllowed: allowed,
    expireAfter: expiresInMs,
  };
});

export const resetLimit = implement(resetApiLimit, async ({ rights }, { account }) => {
  await rights.calls.reset(account);
  return done;
});
