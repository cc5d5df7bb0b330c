import { Socket } from "node:net";

/**
 * Makes a socket that sends what is written in one turn of the event loop as one packet. A pipelined transaction (BEGIN,
 * statement, COMMIT) is then one system call instead of three, which is most of what a small transaction costs here.
 */
export function batchedSocket(): Socket {
  const socket = new Socket();
  const write = socket.write.bind(socket);
  let isCorked = false;
  const writeBatched = (...args: Parameters<typeof write>): boolean => {
    if (!isCorked) {
      isCorked = true;
      socket.cork();
      process.nextTick(() => {
        isCorked = false;
        socket.uncork();
      });
    }
    return write(...args);
  };
  // Not before: `connect()` puts the prototype's own `write` back.
  return socket.once("connect", () => Object.assign(socket, { write: writeBatched }));
}
