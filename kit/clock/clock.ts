/** Time is an argument. The system clock is made in the composition root; tests hold a clock of their own. */
export interface Clock {
  now(): Date
}
