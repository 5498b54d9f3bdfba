// Verbs of settings, discovery and certificates, by command.
import { issue as issueCertificate } from '#cloud/certificate/issue.ts';
import { listProviders as listCAProviders, showCa as listCaCertificate } from '#cloud/certificate/show.ts';
import { list as listConfigurations, listGroups as listConfigurationGroups } from '#cloud/config/list.ts';
import { reset as resetConfiguration, update as updateConfiguration } from '#cloud/config/update.ts';
import { resetLimit as resetApiLimit, showLimit as getApiLimit } from '#cloud/discovery/call-counter.ts';
import {
  identify as getCloudIdentifier,
  listDetails as listDetailOptions,
  listPlanners as listDeploymentPlanners,
  listProtocols as listNetworkProtocols,
  show as listCapabilities,
} from '#cloud/discovery/capabilities.ts';
import { list as listDiagnostics } from '#cloud/diagnostic/list.ts';
import { listCommands as listApis } from '#cloud/discovery/list-apis.ts';
import { showDatabase as listDbMetrics } from '#cloud/management-server/database.ts';
import {
  list as listManagementServers,
  listMetrics as listManagementServersMetrics,
} from '#cloud/management-server/list.ts';
import { remove as removeManagementServer } from '#cloud/management-server/remove.ts';
import {
  endMaintenance as cancelMaintenance,
  endShutdown as cancelShutdown,
  maintain as prepareForMaintenance,
  prepareShutdown as prepareForShutdown,
  ready as readyForShutdown,
  shutDown as triggerShutdown,
} from '#cloud/management-server/standing.ts';

export const config = {
  listApis,
  listCapabilities,
  listConfigurations,
  listConfigurationGroups,
  updateConfiguration,
  resetConfiguration,
  getCloudIdentifier,
  listDeploymentPlanners,
  listNetworkProtocols,
  listDetailOptions,
  issueCertificate,
  listCaCertificate,
  listCAProviders,
  getApiLimit,
  resetApiLimit,
  listManagementServers,
  listManagementServersMetrics,
  listDiagnostics,
  listDbMetrics,
  prepareForMaintenance,
  cancelMaintenance,
  prepareForShutdown,
  cancelShutdown,
  readyForShutdown,
  triggerShutdown,
  removeManagementServer,
};
