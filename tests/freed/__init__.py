"""What has ended is freed at once, by reference counts alone: the cycle collector is off in all of these tests."""
