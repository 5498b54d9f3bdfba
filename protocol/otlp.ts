// Sends spans to whoever collects them, over OTLP/HTTP, when the environment names a collector. Used by servers and agents.
// Invariant: without OTEL_EXPORTER_OTLP_ENDPOINT nothing of OpenTelemetry is even loaded. Variables are OpenTelemetry's own.
import type * as OpenTelemetry from '@opentelemetry/api';
import { useTracer, type SpanStart, type Trace, type Tracer } from '#base/trace.ts';

export interface TracedProcess {
  /** service.name, unless OTEL_SERVICE_NAME says another. */
  readonly service: string;
  readonly version: string;
  /** Which one of them. */
  readonly instance: string;
}

const isWanted = (env: NodeJS.ProcessEnv): boolean =>
  Boolean(env['OTEL_EXPORTER_OTLP_ENDPOINT'] || env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT']) &&
  env['OTEL_SDK_DISABLED'] !== 'true' &&
  env['OTEL_TRACES_EXPORTER'] !== 'none';

/** Begins to record spans where that is wanted; what it returns sends the last of them and ends it. */
export async function startTracing(about: TracedProcess, env = process.env): Promise<() => Promise<void>> {
  if (!isWanted(env)) return async () => {};
  const [api, sdk, { OTLPTraceExporter }, { resourceFromAttributes, defaultResource, detectResources, envDetector }] =
    await Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/sdk-trace'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
    ]);
  const ids = new GivenIds(new sdk.RandomIdGenerator());
  const own = resourceFromAttributes({
    'service.name': env['OTEL_SERVICE_NAME'] ?? about.service,
    'service.version': about.version,
    'service.instance.id': about.instance,
  });
  const provider = new sdk.TracerProvider({
    resource: defaultResource()
      .merge(detectResources({ detectors: [envDetector] }))
      .merge(own),
    idGenerator: ids,
    spanProcessors: [new sdk.BatchSpanProcessor({ exporter: new OTLPTraceExporter() })],
  });
  useTracer(tracerOn(api, provider.getTracer('nephos', about.version), ids));
  return async () => {
    useTracer(undefined);
    await provider.shutdown().catch(() => {}); // a collector that is away must not keep the process
  };
}

interface Ids {
  generateTraceId(): string;
  generateSpanId(): string;
}

/** The first span of a trace takes the id that the trace has already, from its log lines. */
class GivenIds implements Ids {
  readonly #random: Ids;
  next: string | undefined;
  constructor(random: Ids) {
    this.#random = random;
  }
  generateTraceId = (): string => this.next ?? this.#random.generateTraceId();
  generateSpanId = (): string => this.#random.generateSpanId();
}

type Api = typeof OpenTelemetry;

function tracerOn(api: Api, tracer: ReturnType<Api['trace']['getTracer']>, ids: GivenIds): Tracer {
  const kinds = { internal: api.SpanKind.INTERNAL, server: api.SpanKind.SERVER, client: api.SpanKind.CLIENT };
  const above = ({ traceId, spanId, sampled }: Trace): ReturnType<Api['trace']['setSpanContext']> =>
    spanId === undefined
      ? api.ROOT_CONTEXT
      : api.trace.setSpanContext(api.ROOT_CONTEXT, {
          traceId,
          spanId,
          isRemote: true,
          traceFlags: sampled ? api.TraceFlags.SAMPLED : api.TraceFlags.NONE,
        });
  return {
    start: ({ name, kind, parent, attributes }: SpanStart) => {
      ids.next = parent.traceId;
      const span = tracer.startSpan(name, { kind: kinds[kind], attributes }, above(parent));
      ids.next = undefined;
      const { spanId, traceFlags } = span.spanContext();
      return {
        spanId,
        sampled: (traceFlags & api.TraceFlags.SAMPLED) === 1,
        end: (problem) => {
          if (problem !== undefined) span.setStatus({ code: api.SpanStatusCode.ERROR, message: problem });
          span.end();
        },
      };
    },
  };
}
