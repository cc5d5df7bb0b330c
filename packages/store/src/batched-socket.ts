import { Socket } from "node:net";

/**
 * Makes a socket that sends what is written in one turn of the event loop as one packet. A pipelined transaction (BEGIN,
 * statement, COMMIT) is then one system call instead of three, which is most of what a small transaction costs here.
 */
export function batchedSocket(): Socket {
  const socket = new Socket();
  const write = socket.write.bind(socket);
  let corked = false;
  const writeBatched = (...args: Parameters<typeof write>): boolean => {
    if (!corked) {
      corked = true;
      socket.cork();
      process.nextTick(() => {
        corked = false;
        socket.uncork();
      });
    }
    return write(...args);
  };
  return Object.assign(socket, { write: writeBatched });
}
