import * as prometheus from "prom-client";

export type Labels = Readonly<Record<string, string>>;

export type Counter = { inc(labels?: Labels, by?: number): void };
export type Gauge = { set(value: number, labels?: Labels): void };
export type Histogram = { observe(value: number, labels?: Labels): void };
export type GaugeSample = { value: number; labels?: Labels };

type MetricOptions = { name: string; help: string; labels?: readonly string[] };

/** The metrics of one process, or of one part of it in a test: nothing is registered globally. */
export type Metrics = {
  counter(options: MetricOptions): Counter;
  /** With `collect` the value is read when somebody asks for the metrics, and replaces all samples of the gauge. */
  gauge(options: MetricOptions & { collect?(): Promise<readonly GaugeSample[]> }): Gauge;
  /** Observes seconds or any other base unit that the name ends with; `buckets` are upper bounds. */
  histogram(options: MetricOptions & { buckets: readonly number[] }): Histogram;
  readonly contentType: string;
  /** The Prometheus text format; rejects if a `collect` does. */
  text(): Promise<string>;
};

/**
 * Makes a registry of its own. Asking twice for one name gives the same metric, so that two parts of one process can
 * share it. Label values must come from a small fixed set, never from a client.
 */
export function createMetrics(options: { withProcess?: boolean } = {}): Metrics {
  const registry = new prometheus.Registry();
  if (options.withProcess === true) {
    prometheus.collectDefaultMetrics({ register: registry });
  }
  const registers = [registry];
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    counter: ({ name, help, labels = [] }) => {
      const metric =
        existing(registry, name, prometheus.Counter) ??
        new prometheus.Counter({ name, help, labelNames: [...labels], registers });
      return {
        inc: (values = {}, by = 1) => {
          metric.inc({ ...values }, by);
        },
      };
    },
    gauge: ({ name, help, labels = [], collect }) => {
      const metric =
        existing(registry, name, prometheus.Gauge) ??
        new prometheus.Gauge({
          name,
          help,
          labelNames: [...labels],
          registers,
          ...(collect === undefined ? {} : { collect: refill(collect) }),
        });
      return {
        set: (value, values = {}) => {
          metric.set({ ...values }, value);
        },
      };
    },
    histogram: ({ name, help, labels = [], buckets }) => {
      const metric =
        existing(registry, name, prometheus.Histogram) ??
        new prometheus.Histogram({ name, help, labelNames: [...labels], buckets: [...buckets], registers });
      return {
        observe: (value, values = {}) => {
          metric.observe({ ...values }, value);
        },
      };
    },
  };
}

function existing<Metric extends prometheus.Metric>(
  registry: prometheus.Registry,
  name: string,
  kind: abstract new (...args: never[]) => Metric,
): Metric | undefined {
  const metric: unknown = registry.getSingleMetric(name);
  if (metric === undefined || metric instanceof kind) {
    return metric;
  }
  throw new Error(`metric ${name} exists already as another kind`);
}

function refill(collect: () => Promise<readonly GaugeSample[]>): prometheus.CollectFunction<prometheus.Gauge> {
  return async function refillGauge() {
    const samples = await collect();
    this.reset();
    for (const { value, labels = {} } of samples) {
      this.set({ ...labels }, value);
    }
  };
}
