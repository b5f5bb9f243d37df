declare module 'virtual:endpoints' {
  const endpoints: Readonly<
    Record<
      string,
      {
        readonly method: string;
        /** With `{name}` for each parameter. */
        readonly path: string;
        readonly bodyKind: string;
        /** Whether it can be told to wait for a log index. */
        readonly takesIndex: boolean;
      }
    >
  >;
  export default endpoints;
}
