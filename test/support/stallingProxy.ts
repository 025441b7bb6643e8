import { connect, createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';

/** A TCP proxy to a server that can stop to pass anything on, without closing a connection. */
export class StallingProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #stalled = false;
  #bytesPerMs = Infinity;
  #target: number;

  private constructor(server: Server, target: number) {
    this.#server = server;
    this.#target = target;
  }

  static async to(port: number): Promise<StallingProxy> {
    const server = createServer();
    const proxy = new StallingProxy(server, port);
    server.on('connection', (near) => {
      const far = connect(proxy.#target, '127.0.0.1');
      proxy.#pipe(near, far);
      proxy.#pipe(far, near);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy does not listen');
    return address.port;
  }

  /** From now on nothing comes through, as when a cable is cut; what was sent meanwhile is lost. */
  stall(): void {
    this.#stalled = true;
  }

  /** From now on no more than this comes through on each connection. */
  slowTo(bytesPerMs: number): void {
    this.#bytesPerMs = bytesPerMs;
  }

  /** Closes all connections; new ones go to another server. */
  switchTo(port: number): void {
    this.#target = port;
    for (const socket of this.#sockets) socket.destroy();
  }

  /** New connections work again; those that were open stay dead. */
  heal(): void {
    this.#stalled = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #pipe(from: Socket, to: Socket): void {
    let dead = false;
    this.#sockets.add(from);
    from.on('data', (piece: Buffer) => {
      dead ||= this.#stalled;
      if (!dead) to.write(piece);
      if (this.#bytesPerMs === Infinity) return;
      from.pause();
      setTimeout(() => from.resume(), piece.length / this.#bytesPerMs);
    });
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.#sockets.delete(from);
      if (!dead) to.destroy();
    });
  }
}
