"""Where jobs run: each launcher starts workers, hands them orders and listens to what they say."""
