export { type Address, addressPrefix, isWithin, type Network, readAddress, readNetwork } from "./addresses.ts";
export { type Clock, systemClock } from "./clock.ts";
export { type CrashPoints, createCrashPoints } from "./crash-points.ts";
export { DataDirInUseError, type DataDirLock, lockDataDir } from "./data-dir.ts";
export { DialError, type DialFailureCode } from "./dial/dial-error.ts";
export { createDialTls, type DialTls, readCertificates, type TlsMaterial } from "./dial/dial-tls.ts";
export { type EgressPolicy, parseEgressAllow } from "./dial/egress-policy.ts";
export type { DialMethod, DialReply, ReplyHeaders } from "./dial/exchange.ts";
export type { ResolveName } from "./dial/resolve-name.ts";
export { createDialer, type Dialer, type DialerOptions, type DialRequest } from "./dial.ts";
export { type GatewaySettings, readGatewaySettings } from "./gateway-settings.ts";
export { type ErrorBody, type HttpServer, type ListenInput, type ListenTimeouts, listen } from "./listen.ts";
export { createLogger, type LogFields, type Logger, type LogLevel, logLevels } from "./logger.ts";
export { type Loop, type LoopDeps, startLoop } from "./loop.ts";
export {
  type Counter,
  createMetrics,
  type Gauge,
  type GaugeSample,
  type Histogram,
  type Labels,
  type Metrics,
} from "./metrics.ts";
export { freePort } from "./postgres/free-port.ts";
export {
  type EmbeddedPostgres,
  type EmbeddedPostgresLogger,
  startEmbeddedPostgres,
} from "./postgres/start-embedded-postgres.ts";
export { readForm } from "./read-form.ts";
export { BodyError, type BodyLimits, parseJson, readJson } from "./read-json.ts";
export { readQuery } from "./read-query.ts";
export { Refusal, type RefusalKind } from "./refusal.ts";
export { type ProcessInput, type ProcessPart, runProcess } from "./run-process.ts";
export { scrubText } from "./scrub-text.ts";
export { isSecret, reveal, type Secret, secret } from "./secret.ts";
export {
  createHealthHandler,
  type HealthDeps,
  type HealthHandler,
  type Readiness,
  serveHealth,
} from "./serve-health.ts";
export {
  type Environment,
  readSettings,
  SettingsError,
  type SettingsProblem,
  type SettingsReader,
} from "./settings.ts";
export { createWebhookSecret, type SignedMessage, signWebhook } from "./sign-webhook.ts";
export { createSlots, type Release, type Slots } from "./slots.ts";
export { isUuid, uuidV7 } from "./uuid.ts";
export { watchEventLoop } from "./watch-event-loop.ts";
