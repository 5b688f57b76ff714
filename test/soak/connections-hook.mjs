// Loaded into the bot by NODE_OPTIONS: tells each place it connects to, so that the soak can see that
// there are no others than those of its settings.
import { writeSync } from 'node:fs';
import { Socket } from 'node:net';

const told = new Set();
const { connect } = Socket.prototype;

Socket.prototype.connect = function tellAndConnect(...values) {
  const [options = {}] = Array.isArray(values[0]) ? values[0] : values;
  const place = `${options.host ?? 'localhost'}:${options.port}`;
  // A socket of the file system leads nowhere else.
  if (options.path === undefined && !told.has(place)) {
    told.add(place);
    writeSync(1, `${JSON.stringify({ msg: 'connects', place })}\n`);
  }
  return connect.apply(this, values);
};
