"""Pictures of any kind as grey pixels, and pixels as the network takes them."""
