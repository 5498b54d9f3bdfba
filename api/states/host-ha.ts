// How a host that is not heard of is brought back or made silent for certain. Names and ways are CloudStack's; ours are marked.
// Disabled, Available and Ineligible are how a host stands that is heard; the others are the way of one that is not.
import { machine } from '../machine.ts';

export const hostHaMachine = machine(
  'hostha',
  {
    initial: ['Disabled', 'Available', 'Ineligible'],
    transient: ['Checking', 'Recovering', 'Fencing'],
  },
  {
    Disabled: {
      Enabled: 'Available',
      // ours: a host whose storage others reach is looked for and fenced there without anything being configured
      HealthCheckFailed: 'Suspect',
    },
    Ineligible: {
      Disabled: 'Disabled',
      Ineligible: 'Ineligible',
      Eligible: 'Available',
      HealthCheckFailed: 'Suspect', // ours, as above
    },
    Available: {
      Disabled: 'Disabled',
      Ineligible: 'Ineligible',
      HealthCheckPassed: 'Available',
      HealthCheckFailed: 'Suspect',
    },
    Suspect: {
      Disabled: 'Disabled',
      Ineligible: 'Ineligible',
      HealthCheckFailed: 'Suspect',
      PerformActivityCheck: 'Checking',
      HealthCheckPassed: 'Available',
    },
    Checking: {
      Disabled: 'Disabled',
      Ineligible: 'Ineligible',
      TooFewActivityCheckSamples: 'Suspect',
      ActivityCheckFailureUnderThresholdRatio: 'Degraded',
      ActivityCheckFailureOverThresholdRatio: 'Recovering',
      RecoveryOperationThresholdExceeded: 'Fencing', // ours: nobody may switch its power, or it was done often enough
      HealthCheckPassed: 'Available', // ours, here and below: it is heard before anything was done
    },
    Degraded: {
      Disabled: 'Disabled',
      Ineligible: 'Ineligible',
      HealthCheckFailed: 'Degraded',
      HealthCheckPassed: 'Available',
      PeriodicRecheckResourceActivity: 'Suspect',
    },
    Recovering: {
      Disabled: 'Disabled',
      Ineligible: 'Ineligible',
      RetryRecovery: 'Recovering',
      Recovered: 'Recovered',
      RecoveryOperationThresholdExceeded: 'Fencing',
      HealthCheckPassed: 'Available',
    },
    Recovered: {
      Disabled: 'Disabled',
      Ineligible: 'Ineligible',
      RecoveryWaitPeriodTimeout: 'Available',
      HealthCheckPassed: 'Available',
    },
    Fencing: {
      Disabled: 'Disabled',
      Ineligible: 'Ineligible',
      RetryFencing: 'Fencing',
      Fenced: 'Fenced',
      HealthCheckPassed: 'Available',
    },
    Fenced: {
      Disabled: 'Disabled',
      HealthCheckPassed: 'Ineligible',
      HealthCheckFailed: 'Fenced',
      Eligible: 'Available', // ours: it is taken up again
    },
  },
);
