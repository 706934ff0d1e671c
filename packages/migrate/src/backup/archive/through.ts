import { pipeline, type Transform } from 'node:stream'

/**
 * What a transform makes of the pieces. Ends with the transform, which may be before the pieces do; whatever fails on
 * either side is thrown.
 */
export async function* through(
  pieces: AsyncIterable<Buffer>,
  transform: Transform,
): AsyncGenerator<Buffer> {
  // what fails here destroys the transform, and so is thrown below
  pipeline(pieces, transform, () => {})
  for await (const piece of transform) yield piece
}
