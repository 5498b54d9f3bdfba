// What can go wrong, once: a code of ours for each kind of refusal, with the HTTP status and the cserrorcode that clients of
// CloudStack know it by. Nobody compares message texts; nobody throws a status. `assert` is for what we did wrong, this is
// for what the caller or the world does.

export interface ErrorKind {
  /** HTTP status and `errorcode` in the answer. */
  readonly status: number;
  /** `cserrorcode` in the answer; absent where the request was refused before any command ran. */
  readonly csErrorCode?: number;
  /** Everyone but a root administrator is told a fixed sentence: the text may name what they must not know of. */
  readonly masked?: true;
  /** Who can put it right. */
  readonly actor: 'caller' | 'administrator';
}

const kind = <const K extends ErrorKind>(value: K): K => Object.freeze(value);

export const errors = {
  // before a command runs
  badRequest: kind({ status: 400, actor: 'caller' }),
  unauthorized: kind({ status: 401, actor: 'caller' }),
  methodNotAllowed: kind({ status: 405, actor: 'caller' }),
  tooManyRequests: kind({ status: 429, csErrorCode: 4545, actor: 'caller' }),
  serviceUnavailable: kind({ status: 503, csErrorCode: 9999, actor: 'administrator' }),
  twoFactorRequired: kind({ status: 511, csErrorCode: 4295, actor: 'caller' }),
  unknownCommand: kind({ status: 432, csErrorCode: 9999, actor: 'caller' }),
  /** The command exists, but not for this caller. */
  unavailableCommand: kind({ status: 432, csErrorCode: 9999, actor: 'administrator' }),
  // parameters
  malformedParameter: kind({ status: 430, csErrorCode: 9999, actor: 'caller' }),
  missingParameter: kind({ status: 431, csErrorCode: 9999, actor: 'caller' }),
  invalidParameter: kind({ status: 431, csErrorCode: 4350, actor: 'caller' }),
  /** An id names nothing the caller may know of. Clients recognise the sentence and 4350: see `notFoundText`. */
  notFound: kind({ status: 431, csErrorCode: 4350, actor: 'caller' }),
  // rights and limits
  permissionDenied: kind({ status: 531, csErrorCode: 4365, actor: 'administrator' }),
  authenticationFailed: kind({ status: 531, csErrorCode: 4290, actor: 'caller' }),
  accountLimit: kind({ status: 532, csErrorCode: 4280, actor: 'administrator' }),
  resourceAllocation: kind({ status: 535, csErrorCode: 4370, actor: 'administrator' }),
  // state of things
  unsupported: kind({ status: 432, csErrorCode: 4390, actor: 'caller' }),
  /** The thing is in a state in which this cannot be done. Not 4350: there are clients that read that as «it is gone». */
  wrongState: kind({ status: 431, csErrorCode: 9999, actor: 'caller' }),
  concurrentOperation: kind({ status: 530, csErrorCode: 4300, actor: 'caller' }),
  resourceInUse: kind({ status: 536, csErrorCode: 4375, actor: 'caller' }),
  ruleConflict: kind({ status: 537, csErrorCode: 4360, actor: 'caller' }),
  conflictingNetworkSettings: kind({ status: 530, csErrorCode: 4305, actor: 'caller' }),
  // capacity
  insufficientCapacity: kind({ status: 533, csErrorCode: 4325, masked: true, actor: 'administrator' }),
  // Not masked: the sentence counts hosts by reason and names none, so that a tenant can ask for what fits.
  insufficientServerCapacity: kind({ status: 533, csErrorCode: 4335, actor: 'administrator' }),
  insufficientStorageCapacity: kind({ status: 533, csErrorCode: 4340, masked: true, actor: 'administrator' }),
  insufficientNetworkCapacity: kind({ status: 533, csErrorCode: 4331, masked: true, actor: 'administrator' }),
  insufficientAddressCapacity: kind({ status: 533, csErrorCode: 4320, masked: true, actor: 'administrator' }),
  // the world
  resourceUnavailable: kind({ status: 534, csErrorCode: 4380, masked: true, actor: 'administrator' }),
  hostUnavailable: kind({ status: 534, csErrorCode: 4285, masked: true, actor: 'administrator' }),
  storageUnavailable: kind({ status: 534, csErrorCode: 4385, masked: true, actor: 'administrator' }),
  operationTimedOut: kind({ status: 530, csErrorCode: 4560, masked: true, actor: 'administrator' }),
  migrationFailed: kind({ status: 530, csErrorCode: 4395, masked: true, actor: 'administrator' }),
  discoveryFailed: kind({ status: 530, csErrorCode: 4310, masked: true, actor: 'administrator' }),
  internal: kind({ status: 530, csErrorCode: 4250, masked: true, actor: 'administrator' }),
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof errors;

/** CloudStack's exception classes and their cserrorcodes, for whoever has to map one to the other. -1 stands for any other class. */
export const csErrorCodes = {
  AsyncCommandQueued: 4540,
  AccountLimitException: 4280,
  AgentUnavailableException: 4285,
  CloudAuthenticationException: 4290,
  CloudException: 4275,
  CloudTwoFactorAuthenticationException: 4295,
  ConcurrentOperationException: 4300,
  ConflictingNetworkSettingsException: 4305,
  DiscoveredWithErrorException: 4310,
  HAStateException: 4315,
  InsufficientAddressCapacityException: 4320,
  InsufficientCapacityException: 4325,
  InsufficientNetworkCapacityException: 4330,
  InsufficientVirtualNetworkCapacityException: 4331,
  InsufficientServerCapacityException: 4335,
  InsufficientStorageCapacityException: 4340,
  InternalErrorException: 4345,
  InvalidParameterValueException: 4350,
  ManagementServerException: 4355,
  NetworkRuleConflictException: 4360,
  PermissionDeniedException: 4365,
  ResourceAllocationException: 4370,
  ResourceInUseException: 4375,
  ResourceUnavailableException: 4380,
  StorageUnavailableException: 4385,
  UnsupportedServiceException: 4390,
  VirtualMachineMigrationException: 4395,
  CloudRuntimeException: 4250,
  ExecutionException: 4260,
  HypervisorVersionChangedException: 4265,
  NioConnectionException: 4270,
  RequestLimitException: 4545,
  StorageConflictException: 4550,
  UnavailableCommandException: 4555,
  OperationTimedoutException: 4560,
  KMSException: 4561,
  ServerApiException: 9999,
} as const;

/** A thing the error is about, shown in `uuidList` of the answer. */
export interface NamedUuid {
  readonly uuid: string;
  readonly description: string;
}

interface FailOptions {
  parameter?: string;
  uuids?: readonly NamedUuid[];
  cause?: unknown;
}

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ErrorCode;
  readonly status: number;
  readonly csErrorCode: number | undefined;
  readonly masked: boolean;
  /** Wire name of the parameter that was wrong. */
  readonly parameter: string | undefined;
  readonly uuids: readonly NamedUuid[];

  constructor(code: ErrorCode, message: string, options: FailOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    const definition: ErrorKind = errors[code];
    this.code = code;
    this.status = definition.status;
    this.csErrorCode = definition.csErrorCode;
    this.masked = definition.masked ?? false;
    this.parameter = options.parameter;
    this.uuids = options.uuids ?? [];
  }
}

/** Refuses. The message says what was wrong and what would be accepted. */
export function fail(code: ErrorCode, message: string, options?: FailOptions): never {
  throw new ApiError(code, message, options);
}

/** What everyone but a root administrator reads in place of a masked message. */
export const maskedText =
  'This could not be done for a reason that only an administrator may see. Ask one, and name the time and the job or request.';

/** The sentence by which clients recognise that an id names nothing: Go's `GetXByID` and what is built on it look for its middle part. */
export const notFoundText = (command: string, parameter: string, value: string): string =>
  `Unable to execute API command ${command.toLowerCase()} due to invalid value. Invalid parameter ${parameter} value=${value} ` +
  'due to incorrect long value format, or entity does not exist or due to incorrect parameter annotation for the field in api cmd class.';
