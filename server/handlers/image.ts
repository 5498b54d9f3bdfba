// Verbs of templates and ISOs, by command.
import { remove as deleteTemplate, removeMedia as deleteIso } from '#cloud/template/delete.ts';
import { list as listTemplates, listMedia as listIsos } from '#cloud/template/list.ts';
import {
  listMediaPermissions as listIsoPermissions,
  listPermissions as listTemplatePermissions,
  updateMediaPermissions as updateIsoPermissions,
  updatePermissions as updateTemplatePermissions,
} from '#cloud/template/permissions.ts';
import { prepare as prepareTemplate } from '#cloud/template/prepare.ts';
import { register as registerTemplate, registerMedia as registerIso } from '#cloud/template/register.ts';
import { update as updateTemplate, updateMedia as updateIso } from '#cloud/template/update.ts';

export const image = {
  registerTemplate,
  listTemplates,
  updateTemplate,
  deleteTemplate,
  prepareTemplate,
  listTemplatePermissions,
  updateTemplatePermissions,
  registerIso,
  listIsos,
  updateIso,
  deleteIso,
  listIsoPermissions,
  updateIsoPermissions,
};
