/** Why a node cannot listen where it is told to, for people. */
export function portProblem(error: unknown, host: string, port: number): string {
  const code = error instanceof Error && 'code' in error ? error.code : '';
  if (code === 'EADDRINUSE') {
    const next = 'choose another with --port, or stop what uses it';
    return `PORT_IN_USE: ${host}:${port} is taken; ${next}`;
  }
  const message = error instanceof Error ? error.message : String(error);
  return `ADDRESS_UNUSABLE: cannot listen on ${host}:${port}: ${message}`;
}
