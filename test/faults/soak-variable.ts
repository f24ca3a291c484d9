// Set where tests may take minutes each: `npm run soak` sets it.

export const soakVariable = 'HELIOGRAPH_TEST_SOAK';
