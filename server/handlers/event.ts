// Verbs of events and alerts, by command.
import {
  archive as archiveAlerts,
  generate as generateAlert,
  list as listAlerts,
  listTypes as listAlertTypes,
  remove as deleteAlerts,
} from '#cloud/alert/verbs.ts';
import { list as listEvents, listTypes as listEventTypes } from '#cloud/event/list.ts';
import { archive as archiveEvents, remove as deleteEvents } from '#cloud/event/remove.ts';

export const event = {
  listEvents,
  listEventTypes,
  archiveEvents,
  deleteEvents,
  listAlerts,
  listAlertTypes,
  generateAlert,
  archiveAlerts,
  deleteAlerts,
};
