import { readFileSync } from 'node:fs';
import { loadConfig } from './config.ts';
import { AppError, ConfigError, StoreCorruptError } from './errors.ts';
import { systemClock } from './http/retry.ts';
import { createLog, type Log } from './log.ts';
import { type Service, startService } from './service.ts';

/** Container runtimes and systemd wait ten seconds and more before they kill. */
const shutdownMs = 8_000;

// Before anything else: whatever this process makes is for its owner alone.
process.umask(0o077);
await main();

async function main(): Promise<void> {
  const config = orExit(() => loadConfig(process.env));
  const readable = process.stdout.isTTY === true;
  const log = orExit(() => createLog({ level: config.LOG_LEVEL, file: config.LOG_FILE, readable }));
  process.on('unhandledRejection', (err) => {
    // The Webex SDK rejects copies of errors that it also hands to its caller; one failed look-up must
    // not end everybody's exports.
    log.error({ err }, 'a rejection was not handled');
  });
  let service: Service | undefined;
  // From now on, because as the first process of a container nothing else would end this one.
  stopOnSignals(() => service, log);
  reloadAdminsOnHangup(() => service, log);
  try {
    service = await startService(config, { log, clock: systemClock, version: readVersion() });
  } catch (err) {
    log.fatal({ err }, 'the bot could not start');
    exitWith(err);
  }
}

function orExit<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    return exitWith(error);
  }
}

function exitWith(error: unknown): never {
  process.stderr.write(`${lastWords(error)}\n`);
  process.exit(1);
}

/** What the operator can mend is said in plain words; the rest is in the log. */
function lastWords(error: unknown): string {
  if (error instanceof ConfigError || error instanceof StoreCorruptError) return error.message;
  const reason = error instanceof AppError ? ` (${error.message})` : '';
  return `The bot could not start; see the log${reason}.`;
}

function stopOnSignals(started: () => Service | undefined, log: Log): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) {
      log.warn({ signal }, 'a second signal: leaving at once');
      process.exit(1);
    }
    stopping = true;
    log.info({ signal }, 'shutting down');
    const service = started();
    // A start can be left at any moment: what it does to files survives worse.
    if (!service) process.exit(0);
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
function reloadAdminsOnHangup(started: () => Service | undefined, log: Log): void {
  process.on('SIGHUP', () => {
    const reload = async () => {
      const { ADMINS } = loadConfig(process.env);
      log.info('the list of administrators was read again');
      await started()?.setAdmins(ADMINS);
    };
    reload().catch((err: unknown) => {
      log.error({ err }, 'the list of administrators could not be read again');
    });
  });
}

function readVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(text) as { version: string }; // Our own manifest.
  return version;
}
