"""From records to what ties them: match values, and the guards that act by counts."""
