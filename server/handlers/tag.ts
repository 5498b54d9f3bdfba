// Verbs of tags, details and comments, by command.
import { add as addAnnotation, list as listAnnotations, remove as removeAnnotation } from '#cloud/annotation/verbs.ts';
import {
  add as addResourceDetail,
  list as listResourceDetails,
  remove as removeResourceDetail,
} from '#cloud/detail/verbs.ts';
import { create as createTags, list as listTags, remove as deleteTags } from '#cloud/tag/verbs.ts';

export const tag = {
  createTags,
  deleteTags,
  listTags,
  addResourceDetail,
  listResourceDetails,
  removeResourceDetail,
  addAnnotation,
  listAnnotations,
  removeAnnotation,
};
