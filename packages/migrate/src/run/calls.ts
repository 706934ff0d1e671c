/** What was asked of the database within a transaction, be it awaited or not, caught or not. */
export function createCalls() {
  let all: Promise<void> = Promise.resolve()
  let failure: { readonly thrown: unknown } | undefined
  return {
    add<T>(call: Promise<T>): Promise<T> {
      const told = call.then(
        () => {},
        (thrown) => {
          failure ??= { thrown }
        },
      )
      all = all.then(() => told)
      return call
    },
    settled: () => all,
    throwFailure(): void {
      if (failure) throw failure.thrown
    },
  }
}
