// Verbs of tenants, their users, keys and roles, by command.
import { latest as getUserKeys, list as listUserKeys, listRules as listUserKeyRules } from '#cloud/user-key/list.ts';
import { register as registerUserKeys } from '#cloud/user-key/register.ts';
import { remove as deleteUserKeys } from '#cloud/user-key/delete.ts';

export const identity = { registerUserKeys, listUserKeys, listUserKeyRules, getUserKeys, deleteUserKeys };
