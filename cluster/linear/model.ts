/** What a correct object does, one operation at a time. */

export interface Model<State, Input, Output extends object> {
  readonly initial: State;
  /**
   * The state behind the operation, or undefined if it cannot have this output here. With a null
   * output any will do; undefined then means that it would change nothing.
   */
  step(state: State, input: Input, output: Output | null): State | undefined;
  /** The same text for equal states, another one for others. */
  keyOf(state: State): string;
  /** It changes nothing, in any state; the model may still learn from its output. */
  readsOnly(input: Input): boolean;
  /** A few words for the timeline. */
  describe(input: Input, output: Output | null): string;
}
