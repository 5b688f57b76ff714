import { readFileSync } from 'node:fs';
import { type Config, loadConfig } from './config.ts';
import { ConfigError, StoreCorruptError } from './errors.ts';
import { systemClock } from './http/retry.ts';
import { createLog, type Log } from './log.ts';
import { type Service, startService } from './service.ts';

/** Container runtimes and systemd wait ten seconds and more before they kill. */
const shutdownMs = 8_000;

// Before anything else: whatever this process makes is for its owner alone.
process.umask(0o077);
await main();

async function main(): Promise<void> {
  const config = readConfig();
  const log = createLog({ level: config.LOG_LEVEL, file: config.LOG_FILE });
  process.on('unhandledRejection', (err) => {
    // The Webex SDK rejects copies of errors that it also hands to its caller; one failed look-up must
    // not end everybody's exports.
    log.error({ err }, 'a rejection was not handled');
  });
  try {
    const service = await startService(config, { log, clock: systemClock, version: readVersion() });
    stopOnSignals(service, log);
    reloadAdminsOnHangup(service, log);
  } catch (err) {
    log.fatal({ err }, 'the bot could not start');
    exitWith(err);
  }
}

function readConfig(): Config {
  try {
    return loadConfig(process.env);
  } catch (error) {
    return exitWith(error);
  }
}

/** What the operator can mend is said in plain words; the rest is in the log. */
function exitWith(error: unknown): never {
  const known = error instanceof ConfigError || error instanceof StoreCorruptError;
  process.stderr.write(known ? `${error.message}\n` : 'The bot could not start; see the log.\n');
  process.exit(1);
}

function stopOnSignals(service: Service, log: Log): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) {
      log.warn({ signal }, 'a second signal: leaving at once');
      process.exit(1);
    }
    stopping = true;
    log.info({ signal }, 'shutting down');
    setTimeout(() => {
      log.error('the shutdown took too long');
      process.exit(1);
    }, shutdownMs).unref();
    service.stop().then(
      () => process.exit(0),
      (err: unknown) => {
        log.error({ err }, 'the shutdown failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/** SIGHUP reads `ADMINS` again, nothing else. A mistake in it leaves the old list in force. */
function reloadAdminsOnHangup(service: Service, log: Log): void {
  process.on('SIGHUP', () => {
    try {
      service.setAdmins(loadConfig(process.env).ADMINS);
      log.info('the list of administrators was read again');
    } catch (err) {
      log.error({ err }, 'the list of administrators could not be read again');
    }
  });
}

function readVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(text) as { version: string }; // Our own manifest.
  return version;
}
