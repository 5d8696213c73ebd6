"""The aggregator of a province: takes in what nodes see, reconciles it with declarations, shows it."""
