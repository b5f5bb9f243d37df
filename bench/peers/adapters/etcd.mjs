/**
 * etcd: puts over gRPC to the leader. The client is Node's own HTTP/2 with the one message that it
 * needs written by hand: the gRPC library for Node is slower, and its time would be etcd's here.
 */
import { connect } from 'node:http2';
import { inLines, ofTimes, serve } from './serve.mjs';

/** Beyond it more connections bring nothing on the machines that were tried. */
const connectionsMax = 8;

serve(async ({ settings }) => ({
  async puts({ bytes, inFlight, seconds }) {
    const count = Math.min(connectionsMax, inFlight);
    const sessions = Array.from({ length: count }, () => connect(settings.leader));
    // The puts of a session that fails hear of it themselves.
    for (const session of sessions) session.on('error', () => {});
    const value = Buffer.alloc(bytes, 'x');
    const timesMs = [];
    const beganMs = performance.now();
    const endMs = beganMs + seconds * 1000;
    await inLines(inFlight, inFlight, async (line) => {
      const frame = frameOf(putRequest(Buffer.from(`bench-${line}`), value));
      while (performance.now() < endMs) {
        const sentMs = performance.now();
        await put(sessions[line % count], frame);
        timesMs.push(performance.now() - sentMs);
      }
    });
    const tookMs = performance.now() - beganMs;
    for (const session of sessions) session.close();
    return { ...ofTimes(timesMs), perSecond: (timesMs.length * 1000) / tookMs };
  },
}));

/** Fields 1 and 2, both bytes. */
const putRequest = (key, value) => Buffer.concat([field(1, key), field(2, value)]);

function field(number, bytes) {
  const length = [];
  for (let left = bytes.length; ; left >>>= 7) {
    if (left < 0x80) {
      length.push(left);
      break;
    }
    length.push((left & 0x7f) | 0x80);
  }
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...length]), bytes]);
}

/** Not compressed, then the length in four bytes. */
function frameOf(message) {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

function put(session, frame) {
  const stream = session.request({
    ':method': 'POST',
    ':path': '/etcdserverpb.KV/Put',
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  return new Promise((resolve, reject) => {
    let status;
    // An error comes without a body, and then in the first headers.
    stream.once('response', (headers) => {
      status = headers['grpc-status'];
    });
    stream.once('trailers', (headers) => {
      status = headers['grpc-status'];
    });
    stream.once('error', reject);
    stream.once('close', () => {
      if (status === '0') resolve();
      else reject(new Error(`etcd answered a put with gRPC status ${status}`));
    });
    stream.resume();
    stream.end(frame);
  });
}
